// What the console's forms do: the same as the requests of the API that they stand for, with the same checks.
import { ApiError } from "../api/errors.ts";
import { updateInstance } from "../api/instances.ts";
import type { Session } from "./access.ts";
import type { ConsoleOptions } from "./model.ts";

type Form = Readonly<Record<string, unknown>>;
type Action = (options: ConsoleOptions, form: Form) => Promise<Session["notice"]>;

/** By the last part of the path. */
export const actions: Readonly<Record<string, Action>> = {
  power: told(({ workspace }, form) => {
    const record = workspace.instances.require(textOf(form.instance));
    if (form.stopped !== "true" && form.stopped !== "false")
      throw new ApiError(400, "INVALID_PARAMETER_VALUE", "stopped is true or false.");
    const stopped = form.stopped === "true";
    updateInstance(workspace, record, { name: record.name, stopped }, "stopped");
    return `Instance ${record.name} is ${stopped ? "stopping" : "starting"}.`;
  }),
  "advance-clock": told(async ({ workspace: { clock, lifecycle } }, form) => {
    const seconds = Number(textOf(form.seconds));
    if (!advances.some((advance) => advance.seconds === seconds))
      throw new ApiError(400, "INVALID_PARAMETER_VALUE", "The clock moves by one of the steps of the form.");
    clock.advance(seconds * 1000);
    await lifecycle.settled();
    return `The clock is ${seconds} seconds further.`;
  }),
  "add-fault": told(({ faults }, form) => {
    const number = (name: string) => (textOf(form[name]) === "" ? undefined : Number(textOf(form[name])));
    const given = {
      method: textOf(form.method) || undefined,
      path: textOf(form.path) || undefined,
      times: number("times"),
      status: number("status"),
      delay_ms: number("delay_ms"),
    };
    faults.add(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)));
    return "The fault is planted.";
  }),
  "clear-faults": told(({ faults }) => {
    faults.clear();
    return "No fault is planted.";
  }),
  "clear-requests": told(({ requests }) => {
    requests.clear();
    return "The request log is empty.";
  }),
};

/** Steps of the clock. */
export const advances = [
  { seconds: 60, label: "1 minute" },
  { seconds: 3600, label: "1 hour" },
  { seconds: 86_400, label: "1 day" },
] as const;

/** A refusal of the API is told on the page, in the API's words. */
function told(work: (options: ConsoleOptions, form: Form) => string | Promise<string>): Action {
  return async (options, form) => {
    try {
      return { kind: "done", text: await work(options, form) };
    } catch (error) {
      if (error instanceof ApiError) return { kind: "refused", text: error.message };
      throw error;
    }
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value.trim() : "";
}

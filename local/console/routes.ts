// The console's paths: the page, its style and script, login and logout, and the forms' actions.
import { Hono } from "hono";
import type { Env } from "../api/context.ts";
import { equal } from "../api/identities.ts";
import { createSessions, isOwnForm, refuseOtherSites } from "./access.ts";
import { actions } from "./actions.ts";
import { script } from "./assets/script.ts";
import { style } from "./assets/style.ts";
import { consolePage } from "./html/console-page.ts";
import { loginPage } from "./html/login-page.ts";
import { type ConsoleOptions, readModel } from "./model.ts";

/** The routes relative to /console. */
export function consoleRoutes(options: ConsoleOptions): Hono<Env> {
  const { workspace } = options;
  const sessions = createSessions();
  return new Hono<Env>()
    .use(refuseOtherSites)
    .get("/style.css", (c) => c.body(style, 200, { "content-type": "text/css; charset=utf-8" }))
    .get("/script.js", (c) => c.body(script, 200, { "content-type": "text/javascript; charset=utf-8" }))
    .get("/", async (c) => {
      const session = sessions.of(c);
      if (session === undefined) return c.html(loginPage(), 401);
      // An open page that looks again must not take the message from the page that it is for.
      const isUpdate = c.req.header("x-console-update") !== undefined;
      const notice = isUpdate ? undefined : session.notice;
      if (!isUpdate) delete session.notice;
      const { live, log } = c.req.query();
      const model = await readModel(options);
      return c.html(
        consolePage(model, {
          formToken: session.formToken,
          notice,
          isLive: live !== "off",
          onlyErrors: log === "errors",
          origin: new URL(c.req.url).origin,
        }),
      );
    })
    .post("/login", async (c) => {
      const { token } = await c.req.parseBody();
      if (typeof token !== "string" || !equal(token.trim(), workspace.directory.personalAccessToken))
        return c.html(loginPage("That is not the token of this workspace."), 403);
      sessions.begin(c);
      return c.redirect("/console", 303);
    })
    .post("/actions/:action", async (c) => {
      const session = sessions.of(c);
      if (session === undefined) return c.redirect("/console", 303);
      const form = await c.req.parseBody();
      if (!isOwnForm(session, form.form_token))
        return c.text("This form is not from this console. Open /console again.\n", 403);
      const name = c.req.param("action");
      if (name === "logout") {
        sessions.end(c);
        return c.redirect("/console", 303);
      }
      const act = Object.hasOwn(actions, name) ? actions[name] : undefined;
      if (act === undefined) return c.text("There is no such action.\n", 404);
      const notice = await act(options, form);
      if (notice !== undefined) session.notice = notice;
      return c.redirect(`/console${form.live === "off" ? "?live=off" : ""}`, 303);
    });
}

// The provider protocol: takes requests off the wire, hands plain values to the plugin, puts the outcome back.

import * as grpc from "@grpc/grpc-js";
import { messageOf } from "../connection/api-error.ts";
import type { NamingRequest } from "../framework/check.ts";
import type { Plugin } from "../plugin.ts";
import { type ChangeKind, PartialFailure } from "../resource.ts";
import { packageSchema } from "../schema.ts";
import { PLUGIN_VERSION } from "../version.ts";
import { anyPb, emptyPb, pluginPb, providerPb, statusPb } from "./messages.ts";
import { receive, send } from "./values.ts";

type Unary<Request, Response> = (call: { request: Request }) => Promise<Response> | Response;

const KINDS: Record<ChangeKind, number> = {
  add: providerPb.PropertyDiff.Kind.ADD,
  "add-replace": providerPb.PropertyDiff.Kind.ADD_REPLACE,
  delete: providerPb.PropertyDiff.Kind.DELETE,
  "delete-replace": providerPb.PropertyDiff.Kind.DELETE_REPLACE,
  update: providerPb.PropertyDiff.Kind.UPDATE,
  "update-replace": providerPb.PropertyDiff.Kind.UPDATE_REPLACE,
};

/** Every method of the protocol, over the plugin. */
export function implementation(plugin: Plugin): grpc.UntypedServiceImplementation {
  return {
    ...housekeeping(plugin),
    ...configuration(plugin),
    ...planning(plugin),
    ...operations(plugin),
    parameterize: unimplemented("Parameterize"),
    call: unimplemented("Call"),
    construct: unimplemented("Construct"),
    list: unimplemented("List"),
  };
}

function housekeeping(plugin: Plugin): grpc.UntypedServiceImplementation {
  return {
    handshake: unary<providerPb.ProviderHandshakeRequest, providerPb.ProviderHandshakeResponse>(
      ({ request }) => {
        plugin.attach(request.getEngineAddress());
        const response = new providerPb.ProviderHandshakeResponse();
        response.setAcceptSecrets(true);
        response.setSupportsAutonamingConfiguration(true);
        return response;
      },
    ),
    attach: unary<pluginPb.PluginAttach, emptyPb.Empty>(({ request }) => {
      plugin.attach(request.getAddress());
      return new emptyPb.Empty();
    }),
    cancel: unary(() => {
      plugin.cancel();
      return new emptyPb.Empty();
    }),
    getPluginInfo: unary(() => {
      const response = new pluginPb.PluginInfo();
      response.setVersion(PLUGIN_VERSION);
      return response;
    }),
    getSchema: unary<providerPb.GetSchemaRequest, providerPb.GetSchemaResponse>(({ request }) => {
      if (request.getVersion() !== 0) throw new Error(`unsupported schema version ${request.getVersion()}`);
      const response = new providerPb.GetSchemaResponse();
      response.setSchema(packageSchema());
      return response;
    }),
    getMapping: unary(() => new providerPb.GetMappingResponse()),
    getMappings: unary(() => new providerPb.GetMappingsResponse()),
  };
}

function configuration(plugin: Plugin): grpc.UntypedServiceImplementation {
  return {
    checkConfig: unary<providerPb.CheckRequest, providerPb.CheckResponse>(({ request }) => {
      const { properties, secrets } = receive(request.getNews());
      const response = new providerPb.CheckResponse();
      response.setInputs(send(properties, secrets));
      response.setFailuresList(plugin.checkConfig(properties).map(checkFailure));
      return response;
    }),
    diffConfig: unary<providerPb.DiffRequest, providerPb.DiffResponse>(({ request }) => {
      const olds = receive(request.getOldInputs() ?? request.getOlds()).properties;
      const diffs = plugin.diffConfig(olds, receive(request.getNews()).properties);
      const response = new providerPb.DiffResponse();
      response.setDiffsList(diffs);
      response.setChanges(changes(diffs.length > 0));
      return response;
    }),
    configure: unary<providerPb.ConfigureRequest, providerPb.ConfigureResponse>(async ({ request }) => {
      const variables = Object.fromEntries(
        request
          .getVariablesMap()
          .getEntryList()
          .map(([key, value]) => [key.replace(/^databricks:config:/, ""), value]),
      );
      await plugin.configure({ ...variables, ...receive(request.getArgs()).properties });
      const response = new providerPb.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setSupportspreview(true);
      response.setSupportsAutonamingConfiguration(true);
      return response;
    }),
  };
}

function planning(plugin: Plugin): grpc.UntypedServiceImplementation {
  return {
    check: unary<providerPb.CheckRequest, providerPb.CheckResponse>(({ request }) => {
      const news = receive(request.getNews());
      const olds = receive(request.getOlds()).properties;
      const checked = plugin.resource(tokenOf(request)).check(news.properties, olds, naming(request));
      const response = new providerPb.CheckResponse();
      response.setInputs(send(checked.inputs, news.secrets));
      response.setFailuresList(checked.failures.map(checkFailure));
      return response;
    }),
    diff: unary<providerPb.DiffRequest, providerPb.DiffResponse>(async ({ request }) => {
      const olds = receive(request.getOlds()).properties;
      const news = receive(request.getNews()).properties;
      const outcome = await plugin
        .resource(tokenOf(request))
        .diff(plugin.workspace, request.getId(), olds, news);
      const response = new providerPb.DiffResponse();
      response.setChanges(changes(outcome.changed));
      response.setDiffsList(outcome.diffs);
      response.setReplacesList(outcome.replaces);
      response.setHasdetaileddiff(outcome.detailed !== undefined);
      for (const [path, kind] of Object.entries(outcome.detailed ?? {})) {
        const difference = new providerPb.PropertyDiff();
        difference.setKind(KINDS[kind] as providerPb.PropertyDiff.Kind);
        response.getDetaileddiffMap().set(path, difference);
      }
      return response;
    }),
    invoke: unary<providerPb.InvokeRequest, providerPb.InvokeResponse>(async ({ request }) => {
      const { properties, secrets } = receive(request.getArgs());
      const outcome = await plugin.invoke(request.getTok(), properties);
      const response = new providerPb.InvokeResponse();
      if (outcome.failures.length > 0) response.setFailuresList(outcome.failures.map(checkFailure));
      else response.setReturn(send(outcome.properties, secrets));
      return response;
    }),
  };
}

function operations(plugin: Plugin): grpc.UntypedServiceImplementation {
  return {
    create: unary<providerPb.CreateRequest, providerPb.CreateResponse>(async ({ request }) => {
      const { properties, secrets } = receive(request.getProperties());
      const resource = plugin.resource(tokenOf(request));
      const response = new providerPb.CreateResponse();
      if (request.getPreview()) {
        response.setProperties(send(await resource.previewCreate(plugin.workspace, properties), secrets));
        return response;
      }
      const created = await resource.create(plugin.workspace, properties);
      response.setId(created.id);
      response.setProperties(send(created.properties, secrets));
      return response;
    }),
    read: unary<providerPb.ReadRequest, providerPb.ReadResponse>(async ({ request }) => {
      const state = receive(request.getProperties());
      const inputs = receive(request.getInputs());
      const resource = plugin.resource(tokenOf(request));
      const found = await resource.read(
        plugin.workspace,
        request.getId(),
        state.properties,
        inputs.properties,
      );
      const response = new providerPb.ReadResponse();
      if (!found) return response;
      const secrets = new Set([...state.secrets, ...inputs.secrets]);
      response.setId(found.id);
      response.setProperties(send(found.properties, secrets));
      response.setInputs(send(found.inputs, secrets));
      return response;
    }),
    update: unary<providerPb.UpdateRequest, providerPb.UpdateResponse>(async ({ request }) => {
      const olds = receive(request.getOlds()).properties;
      const news = receive(request.getNews());
      const resource = plugin.resource(tokenOf(request));
      const run = request.getPreview() ? resource.previewUpdate : resource.update;
      const updated = await run.call(resource, plugin.workspace, request.getId(), olds, news.properties);
      const response = new providerPb.UpdateResponse();
      response.setProperties(send(updated, news.secrets));
      return response;
    }),
    delete: unary<providerPb.DeleteRequest, emptyPb.Empty>(async ({ request }) => {
      const { properties } = receive(request.getProperties());
      await plugin.resource(tokenOf(request)).delete(plugin.workspace, request.getId(), properties);
      return new emptyPb.Empty();
    }),
  };
}

function unary<Request, Response>(method: Unary<Request, Response>): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    Promise.resolve()
      .then(() => method(call))
      .then(
        (response) => callback(null, response),
        (error) => callback(toStatus(error)),
      );
  };
}

function unimplemented(name: string): grpc.handleUnaryCall<unknown, unknown> {
  return (_call, callback) => {
    callback({
      code: grpc.status.UNIMPLEMENTED,
      details: `${name} is not implemented by the databricks stand-in`,
    });
  };
}

/** An error on the wire. One about a resource that exists carries it along, so that the engine records it. */
function toStatus(error: unknown): Partial<grpc.StatusObject> {
  const details = messageOf(error);
  if (!(error instanceof PartialFailure)) return { code: grpc.status.UNKNOWN, details };
  const failed = new providerPb.ErrorResourceInitFailed();
  failed.setId(error.id);
  failed.setProperties(send(error.properties));
  failed.setReasonsList([details]);
  const packed = new anyPb.Any();
  packed.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new statusPb.Status();
  status.setCode(grpc.status.UNKNOWN);
  status.setMessage(details);
  status.addDetails(packed);
  const metadata = new grpc.Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return { code: grpc.status.UNKNOWN, details, metadata };
}

function tokenOf(request: { getType(): string; getUrn(): string }): string {
  // urn:pulumi:<stack>::<project>::<parent types and type>::<name>
  return request.getType() || request.getUrn().split("::")[2]!.split("$").at(-1)!;
}

function naming(request: providerPb.CheckRequest): NamingRequest {
  const options = request.getAutonaming();
  return {
    resourceName: request.getName() || request.getUrn().split("::").slice(3).join("::"),
    randomSeed: request.getRandomseed_asU8(),
    ...(options
      ? {
          proposal: {
            name: options.getProposedName(),
            forbidden: options.getMode() === providerPb.CheckRequest.AutonamingOptions.Mode.DISABLE,
          },
        }
      : {}),
  };
}

function checkFailure({ property, reason }: { property: string; reason: string }): providerPb.CheckFailure {
  const failure = new providerPb.CheckFailure();
  failure.setProperty(property);
  failure.setReason(reason);
  return failure;
}

function changes(some: boolean): providerPb.DiffResponse.DiffChanges {
  const { DIFF_SOME, DIFF_NONE } = providerPb.DiffResponse.DiffChanges;
  return some ? DIFF_SOME : DIFF_NONE;
}

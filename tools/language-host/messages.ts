// The language protocol's generated modules: CommonJS whose names only the default import shows.
import languageService from "@pulumi/pulumi/proto/language_grpc_pb.js";
import languagePb from "@pulumi/pulumi/proto/language_pb.js";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";

export { languagePb, languageService, pluginPb };

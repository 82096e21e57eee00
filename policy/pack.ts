// The ready policy pack: `pulumi preview --policy-pack node_modules/pulumi-lakebase/policy-pack`.
import { PolicyPack } from "@pulumi/policy";
import { policiesForPack } from "./pulumi-policies.ts";

new PolicyPack("lakebase", { policies: policiesForPack() });

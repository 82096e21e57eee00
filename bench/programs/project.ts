// The project's default: the components' program, begun as index.ts begins.
import "../../components/native-stack-traces.ts";

export * from "./components.ts";

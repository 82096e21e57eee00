// Imported first by a program that Node runs as it is written. Pulumi takes a stack trace for each promise of each
// resource, and has every line of it looked up in source maps, for programs that were compiled: with many resources
// that is a third of the program's time. Node strips types in place, so that its own lines and columns are right.
Reflect.deleteProperty(Error, "prepareStackTrace");

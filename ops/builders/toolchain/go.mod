// The Go that builds the modules beside this one where the installed Go is too
// old. Its go.sum is what ../install checks the download against; both
// architectures are in it, so nothing is required here.
module leat.invalid/ops/builders/toolchain

go 1.19

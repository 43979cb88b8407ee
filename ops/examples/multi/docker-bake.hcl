# Three targets that share their stages: one build runs each stage once.

variable "VERSION" { default = "1.0" }

# Comma-separated; empty means the builder's own.
variable "PLATFORMS" { default = "" }

group "default" { targets = ["app", "test", "report"] }

target "shared" {
  context    = "."
  contexts   = { base-amd64 = "bases/amd64", base-arm64 = "bases/arm64" }
  platforms  = PLATFORMS == "" ? [] : split(",", PLATFORMS)
  args       = { VERSION = VERSION }
  secret     = ["id=licence,src=licence.example"]
}

target "app" {
  inherits = ["shared"]
  target   = "app"
  tags     = ["example/multi:${VERSION}"]
}

target "test" {
  inherits = ["shared"]
  target   = "test"
  output   = ["type=cacheonly"]
}

target "report" {
  inherits = ["shared"]
  target   = "report"
  output   = ["type=local,dest=out"]
}

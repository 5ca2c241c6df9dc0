//! The server side of go-plugin: it brings any gRPC service up under Terraform, and knows none of them.

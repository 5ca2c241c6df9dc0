//! Hosts for tests: the client half of go-plugin, and real Terraform.

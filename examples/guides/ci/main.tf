data "atlas_stream_processor" "orders" {
  group_id       = "0123456789abcdef01234567"
  tenant_name    = "workspace-1"
  processor_name = "orders"

  lifecycle {
    # The plan ends with exit code 1.
    postcondition {
      condition     = self.state != "FAILED"
      error_message = "The stream processor ${self.processor_name} is FAILED: read its Logs tab in Atlas."
    }
  }
}

data "atlas_stream_processors" "all" {
  group_id    = "0123456789abcdef01234567"
  tenant_name = "workspace-1"
}

# The plan goes on, with a warning.
check "none_failed" {
  assert {
    condition     = !contains(data.atlas_stream_processors.all.processors[*].state, "FAILED")
    error_message = "Some stream processors of workspace-1 are FAILED."
  }
}

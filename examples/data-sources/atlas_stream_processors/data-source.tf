data "atlas_stream_processors" "all" {
  group_id    = "0123456789abcdef01234567"
  tenant_name = "workspace-1"
}

# Starts all of them, and keeps them started.
resource "atlas_stream_processor_start" "all" {
  for_each       = toset(data.atlas_stream_processors.all.names)
  group_id       = data.atlas_stream_processors.all.group_id
  tenant_name    = data.atlas_stream_processors.all.tenant_name
  processor_name = each.key
}

# Warns at every plan, and lets it go on.
check "none_failed" {
  assert {
    condition     = !contains(data.atlas_stream_processors.all.processors[*].state, "FAILED")
    error_message = "Some stream processors of workspace-1 are FAILED."
  }
}

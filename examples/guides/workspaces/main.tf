# Those that are stopped, and those that run: what this list loses is planned to be destroyed.
data "atlas_stream_processors" "stopped" {
  group_id    = "0123456789abcdef01234567"
  tenant_name = "workspace-1"
  states      = ["STOPPED", "STARTED"]
}

resource "atlas_stream_processor_start" "stopped" {
  for_each       = toset(data.atlas_stream_processors.stopped.names)
  group_id       = data.atlas_stream_processors.stopped.group_id
  tenant_name    = data.atlas_stream_processors.stopped.tenant_name
  processor_name = each.key
}

# Goes on from its last checkpoint, at every start.
resource "atlas_stream_processor_start" "orders" {
  group_id       = "0123456789abcdef01234567"
  tenant_name    = "workspace-1"
  processor_name = "orders"

  # Another value here stops it, if it runs, and starts it again from its checkpoint.
  if_started = "restart"
  triggers = {
    connection = "kafka-2026-11"
  }
}

# Reads its change stream source again from a point in time, once: a later start after drift goes on from the checkpoint.
resource "atlas_stream_processor_start" "replay" {
  group_id                = "0123456789abcdef01234567"
  tenant_name             = "workspace-1"
  processor_name          = "replay"
  resume_from_checkpoint  = false
  start_at_operation_time = "2026-01-02T03:04:05Z"
}

# Starts the processor and keeps it started: one that was stopped outside is planned to be started again.
resource "atlas_stream_processor_start" "orders" {
  group_id       = "0123456789abcdef01234567"
  tenant_name    = "workspace-1"
  processor_name = "orders"

  # A new release carries the start out again.
  triggers = {
    release = "2026-11"
  }

  # Without this, a destroy leaves the processor running and billed.
  stop_on_destroy = true

  timeouts {
    create = "5m"
  }
}

# With start options. They go with the start that they are set for, not with a later start after drift.
resource "atlas_stream_processor_start" "replay" {
  group_id                = "0123456789abcdef01234567"
  tenant_name             = "workspace-1"
  processor_name          = "replay"
  tier                    = "SP10"
  resume_from_checkpoint  = false
  start_at_operation_time = "2026-01-02T03:04:05Z"
}

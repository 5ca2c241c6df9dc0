data "atlas_stream_processor" "orders" {
  group_id       = "0123456789abcdef01234567"
  tenant_name    = "workspace-1"
  processor_name = "orders"

  lifecycle {
    # Fails the plan: CI sees that somebody has to look at it.
    postcondition {
      condition     = self.state != "FAILED"
      error_message = "The stream processor ${self.processor_name} is FAILED."
    }
  }
}

output "stages" {
  value = length(jsondecode(data.atlas_stream_processor.orders.pipeline))
}

variable "processors" {
  type    = set(string)
  default = ["orders", "replay"]
}

resource "atlas_stream_processor_start" "these" {
  for_each       = var.processors
  group_id       = "0123456789abcdef01234567"
  tenant_name    = "workspace-1"
  processor_name = each.key
}

output "states" {
  value = { for name, start in atlas_stream_processor_start.these : name => start.state }
}

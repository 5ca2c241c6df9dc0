# Terraform 1.10 and later
terraform {
  required_providers {
    atlas = {
      source = "stream-start/atlas"
    }
  }
}

# An ephemeral variable is in no plan and in no state. It is asked for again at apply.
variable "client_id" {
  type      = string
  ephemeral = true
}

variable "client_secret" {
  type      = string
  sensitive = true
  ephemeral = true
}

provider "atlas" {
  client_id     = var.client_id
  client_secret = var.client_secret
}

resource "atlas_stream_processor_start" "orders" {
  group_id       = "0123456789abcdef01234567"
  tenant_name    = "workspace-1"
  processor_name = "orders"
}

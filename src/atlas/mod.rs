//! The client of the Atlas Administration API; this room knows nothing of Terraform.

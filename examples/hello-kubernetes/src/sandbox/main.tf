terraform {
  required_version = ">= 1.4"
}

variable "registry_url" {
  type        = string
  default     = ""
  description = "A registry that the cluster pulls from; empty: none of the install's own."
  validation {
    condition     = var.registry_url == "" || can(regex("^https?://[^/]+$", var.registry_url))
    error_message = "registry_url must be http://host:port or https://host:port."
  }
}

# A sandbox with a registry of its own gives it as the output `registry`; what is deployed is copied there first.
output "registry" {
  value = var.registry_url == "" ? null : { url = var.registry_url, repository = "hello-kubernetes" }
}

terraform {
  required_version = ">= 1.4"
}

variable "home" {
  type = string
}

variable "greeting" {
  type = string
}

variable "accent" {
  type = string
  validation {
    condition     = can(regex("^[#A-Za-z0-9(), .%]{1,40}$", var.accent))
    error_message = "accent must be a colour as CSS writes it, e.g. teal or #0a7."
  }
}

variable "api_key" {
  type      = string
  default   = ""
  sensitive = true
}

locals {
  settings_file = "${var.home}/config/settings.json"
  settings = {
    greeting = var.greeting
    accent   = var.accent
  }
}

resource "terraform_data" "settings" {
  triggers_replace = {
    file     = local.settings_file
    settings = local.settings
  }

  provisioner "local-exec" {
    command = "mkdir -p \"$(dirname \"$FILE\")\" && printf '%s\\n' \"$CONTENT\" > \"$FILE\" && echo \"wrote $FILE\""
    environment = {
      FILE    = self.triggers_replace.file
      CONTENT = jsonencode(self.triggers_replace.settings)
    }
  }

  provisioner "local-exec" {
    when        = destroy
    command     = "rm -f -- \"$FILE\""
    environment = { FILE = self.triggers_replace.file }
  }
}

# The app compares hashes: the key itself is written nowhere.
resource "terraform_data" "api_key" {
  triggers_replace = {
    file   = "${var.home}/config/api-key.sha256"
    sha256 = var.api_key == "" ? "" : sha256(var.api_key)
  }

  provisioner "local-exec" {
    command = "mkdir -p \"$(dirname \"$FILE\")\" && printf '%s' \"$SHA256\" > \"$FILE\""
    environment = {
      FILE   = self.triggers_replace.file
      SHA256 = self.triggers_replace.sha256
    }
  }

  provisioner "local-exec" {
    when        = destroy
    command     = "rm -f -- \"$FILE\""
    environment = { FILE = self.triggers_replace.file }
  }
}

output "settings_file" {
  value = terraform_data.settings.triggers_replace.file
}

output "settings_id" {
  value       = terraform_data.settings.id
  description = "Changes whenever the settings do: what reads them has to be restarted."
}

output "api_key_sha256" {
  value     = terraform_data.api_key.triggers_replace.sha256
  sensitive = true
}

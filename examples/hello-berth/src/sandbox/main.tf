terraform {
  required_version = ">= 1.4"
}

variable "install_id" {
  type        = string
  description = "Names the directory of this install."
}

variable "data_dir" {
  type        = string
  description = "Directory for all installs on this machine."
  validation {
    condition     = can(regex("^(/|~/)", var.data_dir))
    error_message = "data_dir must be an absolute path, or begin with ~/."
  }
}

locals {
  home = "${trimsuffix(pathexpand(var.data_dir), "/")}/${var.install_id}"
}

resource "terraform_data" "home" {
  triggers_replace = {
    path = local.home
  }

  provisioner "local-exec" {
    command     = "mkdir -p \"$APP_HOME\" && chmod 700 \"$APP_HOME\" && touch \"$APP_HOME/.hello-berth\" && echo \"made $APP_HOME\""
    environment = { APP_HOME = self.triggers_replace.path }
  }

  # Only what was made above is removed again.
  provisioner "local-exec" {
    when        = destroy
    command     = "[ ! -e \"$APP_HOME/.hello-berth\" ] || { rm -rf -- \"$APP_HOME\" && echo \"removed $APP_HOME\"; }"
    environment = { APP_HOME = self.triggers_replace.path }
  }
}

output "home" {
  value       = terraform_data.home.triggers_replace.path
  description = "The directory of this install."
}

terraform {
  required_version = ">= 1.4"
}

variable "home" {
  type = string
}

variable "port" {
  type = number
}

variable "settings_file" {
  type = string
}

variable "settings_id" {
  type        = string
  description = "Another one means other settings: the server starts anew."
}

variable "database_file" {
  type = string
}

resource "terraform_data" "server" {
  triggers_replace = {
    home          = "${var.home}/web"
    port          = var.port
    settings_file = var.settings_file
    settings_id   = var.settings_id
    database_file = var.database_file
    program       = sha256(join("", [for name in ["server.mjs", "control.mjs"] : file("${path.module}/${name}")]))
  }

  # Terraform's directory goes away after the run; the program stays in the app's own.
  provisioner "local-exec" {
    command = "mkdir -p \"$WEB_HOME\" && cp \"$MODULE/server.mjs\" \"$MODULE/control.mjs\" \"$WEB_HOME/\" && printf '%s\\n' \"$OPTIONS\" > \"$WEB_HOME/options.json\" && node \"$WEB_HOME/control.mjs\" start"
    environment = {
      MODULE   = path.module
      WEB_HOME = self.triggers_replace.home
      OPTIONS = jsonencode({
        port         = self.triggers_replace.port
        settingsFile = self.triggers_replace.settings_file
        databaseFile = self.triggers_replace.database_file
      })
    }
  }

  provisioner "local-exec" {
    when        = destroy
    command     = "[ ! -e \"$WEB_HOME/control.mjs\" ] || { node \"$WEB_HOME/control.mjs\" stop && rm -rf -- \"$WEB_HOME\"; }"
    environment = { WEB_HOME = self.triggers_replace.home }
  }
}

output "url" {
  value = "http://127.0.0.1:${terraform_data.server.triggers_replace.port}"
}

output "log_file" {
  value = "${terraform_data.server.triggers_replace.home}/server.log"
}

terraform {
  required_version = ">= 1.4"
}

variable "home" {
  type = string
}

resource "terraform_data" "database" {
  triggers_replace = {
    file = "${var.home}/database/visits.json"
  }

  # Data that is there already stays.
  provisioner "local-exec" {
    command     = "mkdir -p \"$(dirname \"$FILE\")\" && { [ -e \"$FILE\" ] || echo '{\"visits\":0}' > \"$FILE\"; } && echo \"database at $FILE\""
    environment = { FILE = self.triggers_replace.file }
  }

  provisioner "local-exec" {
    when        = destroy
    command     = "rm -f -- \"$FILE\""
    environment = { FILE = self.triggers_replace.file }
  }
}

output "file" {
  value = terraform_data.database.triggers_replace.file
}

output "engine" {
  value = "json"
}

# What PCI DSS and the benchmark of the Center for Internet Security ask for. People sign in through roles with a second factor (see
# global/iam); this is for the users that there still are.
resource "aws_iam_account_password_policy" "this" {
  count = var.account_password_policy ? 1 : 0

  minimum_password_length        = 14
  require_lowercase_characters   = true
  require_numbers                = true
  require_symbols                = true
  require_uppercase_characters   = true
  allow_users_to_change_password = true
  hard_expiry                    = false
  max_password_age               = var.rotation_days
  password_reuse_prevention      = 24
}

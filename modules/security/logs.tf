resource "aws_cloudwatch_log_group" "this" {
  for_each = var.log_groups

  name              = coalesce(each.value.name, "/${var.name}/${each.key}")
  kms_key_id        = aws_kms_key.this[each.value.key].arn
  retention_in_days = each.value.retention_in_days
  log_group_class   = each.value.class

  tags = merge(var.tags, { Name = coalesce(each.value.name, "/${var.name}/${each.key}") })
}

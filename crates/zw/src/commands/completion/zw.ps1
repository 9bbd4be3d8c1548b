# Completion of zw for PowerShell.
Register-ArgumentCompleter -Native -CommandName zw -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Where-Object { $_.Extent.StartOffset -lt $cursorPosition } | ForEach-Object { $_.ToString() })
    $index = $words.Count - 1
    if ($wordToComplete -eq '') { $index = $words.Count }
    zw complete "-index=$index" '--' @words 2> $null | ForEach-Object {
        $value, $help = $_ -split "`t", 2
        if (-not $help) { $help = $value }
        [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $help)
    }
}

# Completion of zw for fish.
function __zw_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    command zw complete -index=(count $words) -- $words "$current" 2> /dev/null
end
complete -c zw -f -a '(__zw_complete)'

#compdef zw
# Completion of zw for zsh.
_zw() {
    local line value
    local -a lines values texts open_values open_texts
    lines=("${(@f)$("${(Q)words[1]}" complete -index=$((CURRENT - 1)) -- "${(@Q)words[1,CURRENT]}" 2> /dev/null)}")
    for line in "${lines[@]}"; do
        value="${line%%$'\t'*}"
        [[ -n "$value" ]] || continue
        if [[ "$value" == *[=/] ]]; then
            open_values+=("$value")
            open_texts+=("$value  ${line#*$'\t'}")
        else
            values+=("$value")
            texts+=("$value  ${line#*$'\t'}")
        fi
    done
    (( ${#values} )) && compadd -l -d texts -a values
    (( ${#open_values} )) && compadd -l -S '' -d open_texts -a open_values
    return 0
}
if [ "$funcstack[1]" = "_zw" ]; then
    _zw "$@"
else
    compdef _zw zw
fi

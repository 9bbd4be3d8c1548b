# Completion of zw for bash.
_zw() {
    local line="${COMP_LINE:0:COMP_POINT}" words candidate
    read -ra words <<< "$line"
    # What is being written may be nothing yet.
    [[ "$line" == *[[:space:]] ]] && words+=("")
    local current="${words[-1]}" word="$2"
    [[ "$word" == "=" || "$word" == ":" ]] && word=""
    # Readline takes a part of the word only, where the word has characters such as "=".
    local before="${current%"$word"}"
    COMPREPLY=()
    while IFS=$'\t' read -r candidate _; do
        candidate="${candidate#"$before"}"
        [[ "$candidate" == *= ]] && compopt -o nospace
        [[ "$candidate" == */ ]] && compopt -o nospace
        [[ "$word" == [\"\']* ]] || candidate="$(printf '%q' "$candidate")"
        COMPREPLY+=("$candidate")
    done < <("${words[0]}" complete -index=$((${#words[@]} - 1)) -- "${words[@]}" 2> /dev/null)
}
complete -o nosort -F _zw zw

#compdef groundswell
# Completion of groundswell for zsh: source <(groundswell completion zsh), after compinit; or as a
# file _groundswell in a folder of fpath.
_groundswell() {
    local line name
    local -a whole begun
    while IFS= read -r line; do
        name=${line%%$'\t'*}
        line="${name//:/\\:}:${line#*$'\t'}"
        if [[ $name == :file ]]; then
            compset -P '--*='
            _files
        elif [[ $name == *[=.] ]]; then
            begun+=("$line")
        else
            whole+=("$line")
        fi
    done < <("${words[1]}" completion next -- "${(@)words[2,CURRENT]}" 2>/dev/null)
    (( ! ${#whole} )) || _describe groundswell whole
    (( ! ${#begun} )) || _describe groundswell begun -S ''
}
if [[ ${funcstack[1]} == _groundswell ]]; then
    _groundswell "$@"
else
    compdef _groundswell groundswell
fi

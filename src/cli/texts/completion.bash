# shellcheck shell=bash
# Completion of groundswell for bash: source <(groundswell completion bash)
_groundswell() {
    local i line blank word option='' cut='' rest=$COMP_LINE words=()
    # Bash cuts words at = and : too. What no blank separates on the line is one word.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        blank=${rest%%[![:space:]]*}
        rest=${rest#"$blank"}
        rest=${rest#"$word"}
        if [[ -z $blank && ${#words[@]} -gt 0 ]]; then
            words[${#words[@]} - 1]+=$word
        else
            words+=("$word")
        fi
    done
    word=${words[${#words[@]} - 1]}
    # Only what stands behind such a cut is replaced.
    [[ $COMP_WORDBREAKS != *=* ]] || cut=${word%"${word##*=}"}
    [[ $word != --*=* ]] || option=${word%%=*}=
    COMPREPLY=()
    while IFS=$'\t' read -r line _; do
        if [[ $line == :file ]]; then
            compopt -o filenames
            while IFS= read -r line; do
                line=$option$line
                COMPREPLY+=("${line#"$cut"}")
            done < <(compgen -f -- "${word#"$option"}")
        else
            [[ $line != *[=.] ]] || compopt -o nospace
            COMPREPLY+=("${line#"$cut"}")
        fi
    done < <("$1" completion next -- "${words[@]:1}" 2>/dev/null)
}
complete -F _groundswell groundswell

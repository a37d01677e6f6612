# Completion of groundswell for fish: groundswell completion fish | source
function __groundswell_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    for line in (command $words[1] completion next -- $words[2..-1] "$word" 2>/dev/null)
        if test $line = :file
            set -l option (string match -r -- '^--[^=]*=' "$word")
            for path in (__fish_complete_path (string replace -r -- '^--[^=]*=' '' "$word"))
                echo "$option$path"
            end
        else
            echo $line
        end
    end
end
complete -c groundswell -f -a '(__groundswell_complete)'

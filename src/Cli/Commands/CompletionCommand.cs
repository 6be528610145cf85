using System.CommandLine;

namespace AgentTeams.Cli;

/// <summary>Writes what a shell needs to complete commands and options.</summary>
internal static class CompletionCommand
{
    private static readonly Dictionary<string, string> Scripts = new(StringComparer.Ordinal)
    {
        ["bash"] = """
            _agentteams() { local IFS=$'\n'; COMPREPLY=($(agentteams "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2> /dev/null)); }
            complete -o default -F _agentteams agentteams
            """,
        ["zsh"] = """
            _agentteams() { local replies=("${(@f)$(agentteams "[suggest:${CURSOR}]" "${BUFFER}" 2> /dev/null)}"); compadd -a replies; _files; }
            compdef _agentteams agentteams
            """,
        ["fish"] = """
            complete -c agentteams -a '(agentteams "[suggest:"(commandline -C)"]" (commandline) 2> /dev/null)'
            """,
        ["pwsh"] = """
            Register-ArgumentCompleter -Native -CommandName agentteams -ScriptBlock {
                param($word, $line, $at)
                agentteams "[suggest:$at]" "$line" | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
            }
            """,
    };

    public static Command Create(CommandContext context)
    {
        var shell = new Argument<string>("shell") { Description = "The shell." }.AcceptOnlyFromAmong([.. Scripts.Keys]);
        var completion = new Command("completion", "Writes the script that makes a shell complete commands and options.") { shell };
        completion.SetAction(parsed =>
        {
            context.Output.Out.WriteLine(Scripts[parsed.GetValue(shell)!]);
            return TeamCommandLine.Done;
        });
        return completion;
    }
}

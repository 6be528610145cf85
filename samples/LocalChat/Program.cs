using System.CommandLine;
using AgentTeams.Samples.LocalChat;
using Spectre.Console;

using var interrupt = new Interrupt();
Console.CancelKeyPress += (_, e) => e.Cancel = interrupt.Press();
// Without a timeout the parser leaves Ctrl-C alone.
return await CommandLine.Create(RunAsync).Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });

Task<int> RunAsync(ChatSettings settings)
{
    var terminal = new Terminal(Console.In, !Console.IsInputRedirected, AnsiConsole.Console, Console.Error, TimeProvider.System);
    return ChatProgram.RunAsync(settings, terminal, interrupt);
}

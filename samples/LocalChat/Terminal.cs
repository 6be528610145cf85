using Spectre.Console;

namespace AgentTeams.Samples.LocalChat;

/// <summary>Where questions come from and answers go.</summary>
/// <param name="Input">One question a line.</param>
/// <param name="IsInteractive">Whether somebody types them.</param>
/// <param name="Console">Where people read.</param>
/// <param name="Error">Where they read what went wrong.</param>
/// <param name="Time">The clock.</param>
internal sealed record Terminal(TextReader Input, bool IsInteractive, IAnsiConsole Console, TextWriter Error, TimeProvider Time);

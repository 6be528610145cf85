using System.Text.Json;
using Microsoft.Extensions.AI;
using Spectre.Console;

namespace AgentTeams.Samples.LocalChat;

/// <summary>Writes a reply while it arrives.</summary>
internal sealed class ReplyView(IAnsiConsole console)
{
    private bool _isThinking;

    public void Show(AIContent content)
    {
        SetThinking(content is TextReasoningContent);
        Write(content switch
        {
            TextReasoningContent reasoning => reasoning.Text,
            TextContent text => text.Text,
            FunctionCallContent call => $"\n[call of {call.Name}: {JsonSerializer.Serialize(call.Arguments)}]\n",
            _ => "",
        });
    }

    /// <summary>Ends the reply's last line.</summary>
    public void End()
    {
        SetThinking(false);
        Write("\n");
    }

    private void SetThinking(bool thinking)
    {
        if (thinking == _isThinking) return;
        _isThinking = thinking;
        // Reasoning is dim where the terminal can show that, and an aside everywhere.
        if (!thinking) Write(")\n\n");
        console.Write(new ControlCode(thinking ? "\e[2m" : "\e[0m"));
        if (thinking) Write("(");
    }

    // A model may write any character; those that move the cursor are not for the terminal.
    private void Write(string text)
    {
        var writer = console.Profile.Out.Writer;
        foreach (var c in text) writer.Write(char.IsControl(c) && c is not ('\n' or '\t') ? '\uFFFD' : c);
        writer.Flush();
    }
}

using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>Roles that answer by a function of their name and of what they are asked.</summary>
internal sealed class Scripts
{
    private readonly Func<Heard, ValueTask<ScriptedReply>> _answer;

    public Scripts(Func<Heard, string> answer)
        : this(heard => new ValueTask<ScriptedReply>(answer(heard))) { }

    public Scripts(Func<Heard, ScriptedReply> answer)
        : this(heard => new ValueTask<ScriptedReply>(answer(heard))) { }

    public Scripts(Func<Heard, ValueTask<ScriptedReply>> answer) => _answer = answer;

    /// <summary>Each role's answers in their order, whatever it is asked.</summary>
    public Scripts(params (string Role, string[] Answers)[] lines)
        : this(heard => lines.Single(l => l.Role == heard.Role).Answers is { } answers ? answers[Math.Min(heard.Index, answers.Length - 1)] : "") { }

    public ConcurrentQueue<Heard> Calls { get; } = [];

    public TeamRuntime Runtime => new() { ChatClientSelector = role => new ScriptedChatClient(call => AnswerAsync(role, call)) };

    public IEnumerable<string> AskedOf(string role) => Calls.Where(c => c.Role == role).Select(c => c.Text);

    public static string Json(object value) => JsonSerializer.Serialize(value);

    private ValueTask<ScriptedReply> AnswerAsync(Role role, ScriptedCall call)
    {
        Heard heard;
        lock (Calls) Calls.Enqueue(heard = new(role.Name, Calls.Count(c => c.Role == role.Name), call.Messages, call.Options, call.CancellationToken));
        return _answer(heard);
    }
}

/// <summary>What a role was asked; the index counts its calls from 0.</summary>
internal sealed record Heard(string Role, int Index, IReadOnlyList<ChatMessage> Messages, ChatOptions Options, CancellationToken CancellationToken)
{
    /// <summary>The first thing that is asked, after the instructions.</summary>
    public string Text => Messages.First(m => m.Role == ChatRole.User).Text;
}

internal static class Teams
{
    public static Role Role(string name) => new() { Name = name, Description = $"does {name}" };

    public static TeamMember[] Members(params string[] names) => [.. names.Select(n => (TeamMember)Role(n))];

    public static string Said(this Conversation talk) => string.Join(" | ", talk.Messages.Select(m => $"{m.Turn} {m.From}: {m.Text}"));

    public static string Write(object value) => JsonSerializer.Serialize(value, TrajectoryJson.Options);
}

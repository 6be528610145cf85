using AgentTeams.Models;

namespace AgentTeams.Samples;

/// <summary>Who plays in a sample: scripted replies, or a tiny local model with random weights, whose words mean nothing but whose forms hold.</summary>
internal static class Cast
{
    private static LocalLanguageModel? s_local;

    /// <summary>Whether the local model plays.</summary>
    public static bool IsLocal { get; set; }

    public static Role Role(string name, string instructions = "", string description = "") =>
        new() { Name = name, Instructions = instructions, Description = description, Options = new() { MaxOutputTokens = 160 } };

    /// <summary>The models behind the roles.</summary>
    /// <param name="answer">The scripted answer to a role's name and what it is asked.</param>
    public static TeamRuntime Play(Func<string, string, string> answer)
    {
        if (!IsLocal) return ScriptedModel.Team(answer);
        var options = LocalModelOptions.FromTexts("tiny", ["A team works on a task and answers it."], new SeedKey(1));
        s_local ??= CpuLanguageModel.Create(options with { Config = options.Config with { MaxPositions = 8192 } });
        return TeamRuntime.ForAll(s_local.GetChatClient(s_local.Base));
    }

    /// <summary>Runs a team on a task and shows what was said.</summary>
    public static async Task ShowAsync(BoundWorkflow<Conversation, string, string> team, Conversation task, TeamRuntime runtime)
    {
        var result = await team.Definition.RunAsync(task, runtime);
        foreach (var message in result.State.Messages) Console.WriteLine($"turn {message.Turn}, {message.Kind}: {Short(ConversationView.Line(message))}");
        Console.WriteLine($"{(result.State.IsSettled ? "settled" : "at its limit")}: {Short(result.State.Answer)}");
    }

    public static string Json(object value) => JsonSerializer.Serialize(value);

    // What random weights say is seldom fit for a terminal.
    public static string Short(string text)
    {
        var shown = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
        return !IsLocal || shown.Length <= 60 ? shown : shown[..60] + " ...";
    }
}

using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>Agents of Agent Framework over scripted models.</summary>
internal static class Maf
{
    public static ChatClientAgent Agent(string name, IChatClient model, params AITool[] tools) =>
        new(model.AsAgentClient(), new ChatClientAgentOptions { Name = name, Description = name + "s", ChatOptions = new() { Instructions = $"You are the {name}.", Tools = tools } });

    public static ChatClientAgent Agent(string name, params string[] answers) => Agent(name, new ScriptedChatClient([.. answers.Select(ScriptedReply.Say)]));

    public static ScriptedChatClient Script(params ScriptedReply[] answers) =>
        new(call => call.Index < answers.Length ? answers[call.Index] : ScriptedReply.Fail(new IOException("The script is over.")));

    /// <summary>Each node with its parents: "b&lt;a" for a node b that builds on a.</summary>
    public static IEnumerable<string> Edges(this Trajectory trajectory) => trajectory.Nodes.Select(n => n.Parents.IsEmpty ? n.Id : $"{n.Id}<{string.Join('+', n.Parents)}");

    public static async Task<List<T>> ReadAsync<T>(this IAsyncEnumerable<T> items)
    {
        var read = new List<T>();
        await foreach (var item in items) read.Add(item);
        return read;
    }
}

using System.Collections.Concurrent;

namespace AgentTeams.Testing;

/// <summary>What each role of a team says in a test.</summary>
/// <example>
/// <code>
/// var script = new TeamScript().Role("planner", "add").Role("coder", "2 * 3", "2 + 3").Role("verifier", call => call.Text.Contains('+') ? "ok" : "no");
/// var run = await workflow.RecordAsync(new MathState("2 and 3"), script.Runtime);
/// script.EnsureAllUsed();
/// </code>
/// </example>
public sealed class TeamScript
{
    private readonly ConcurrentDictionary<string, ScriptedChatClient> _clients = new(StringComparer.Ordinal);

    /// <summary>Runs the team on the script; a role that it does not name fails.</summary>
    public TeamRuntime Runtime => new() { ChatClientSelector = role => ClientOf(role.Name) };

    /// <summary>Scripts a role. One reply alone answers every call; of several, each answers one.</summary>
    /// <param name="role">The role's name.</param>
    /// <param name="replies">Its replies, at least one.</param>
    /// <returns>This script.</returns>
    /// <exception cref="ScriptException">The role is scripted already.</exception>
    public TeamScript Role(string role, params ScriptedReply[] replies) => Add(role, new($"the script of '{role}'", replies));

    /// <summary>Scripts a role whose replies depend on what it is asked.</summary>
    /// <param name="role">The role's name.</param>
    /// <param name="answer">Replies to a call.</param>
    /// <returns>This script.</returns>
    /// <exception cref="ScriptException">The role is scripted already.</exception>
    public TeamScript Role(string role, Func<ScriptedCall, ScriptedReply> answer) => Add(role, new(answer));

    /// <summary>What a role was asked so far.</summary>
    /// <exception cref="ScriptException">The script does not name the role.</exception>
    public IReadOnlyList<ScriptedCall> CallsOf(string role) => ClientOf(role).Calls;

    /// <summary>Ensures that every reply was given.</summary>
    /// <exception cref="ScriptException">Some were not; all roles are named.</exception>
    public void EnsureAllUsed()
    {
        string[] left = [.. _clients.Where(c => c.Value.Unused > 0).OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => $"'{c.Key}' did not give its last {c.Value.Unused}")];
        if (left.Length > 0) throw new ScriptException($"Replies are left over: {string.Join(", ", left)}. The team asked less often than the script expects.");
    }

    private TeamScript Add(string role, ScriptedChatClient client)
    {
        ArgumentException.ThrowIfNullOrEmpty(role);
        if (!_clients.TryAdd(role, client)) throw new ScriptException($"The role '{role}' is scripted already. Give all of its replies at once.");
        return this;
    }

    private ScriptedChatClient ClientOf(string role) => _clients.TryGetValue(role, out var client) ? client
        : throw new ScriptException($"The script does not say what '{role}' replies. It does for {string.Join(", ", _clients.Keys.Order(StringComparer.Ordinal).Select(k => $"'{k}'"))}.");
}

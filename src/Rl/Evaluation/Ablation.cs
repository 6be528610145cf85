using Microsoft.Extensions.AI;

namespace AgentTeams.Rl;

/// <summary>What a part of a team is worth, found by changing it and nothing else; the tasks must be made from a workflow.</summary>
/// <example>
/// <code>
/// Stage.Ablate("ablations", test, isSuccess, [Ablation.Solo("coder"), Ablation.Swap("planner"), Ablation.Play("verifier", stronger, "verifier by a larger model")])
/// </code>
/// </example>
public sealed class Ablation
{
    private readonly Func<IReadOnlyList<Trajectory>, WorkflowMiddleware> _middleware;

    private Ablation(string name, bool needsWhole, Func<IReadOnlyList<Trajectory>, WorkflowMiddleware> middleware) =>
        (Name, NeedsWhole, _middleware) = (name, needsWhole, middleware);

    /// <summary>What is evaluated, for people.</summary>
    public string Name { get; }

    /// <summary>Whether it takes something from runs of the whole team on the same tasks, which are made first.</summary>
    internal bool NeedsWhole { get; }

    /// <summary>Only these roles speak, the others say nothing: one role for the solo team, two for a pair.</summary>
    /// <param name="roles">The roles that speak; at least one.</param>
    public static Ablation Solo(params IReadOnlyList<string> roles)
    {
        ArgumentNullException.ThrowIfNull(roles);
        if (roles.Count == 0) throw new AgentTeamsException("Solo names no role, so nobody would speak. Name at least one.");
        return new($"only {string.Join(" and ", roles)}", false, _ => Instead(role => !roles.Contains(role), ""));
    }

    /// <summary>A role always says the same: a verifier that always accepts, or a role that says nothing.</summary>
    /// <param name="role">The role's name.</param>
    /// <param name="reply">What it says.</param>
    public static Ablation Say(string role, string reply)
    {
        ArgumentException.ThrowIfNullOrEmpty(role);
        ArgumentNullException.ThrowIfNull(reply);
        return new(reply.Length == 0 ? $"without {role}" : $"{role} always says '{reply}'", false, _ => Instead(r => r == role, reply));
    }

    /// <summary>
    /// A role says what it said on another task, the next one on which it said something else: where success does not fall, nobody listens to it.
    /// </summary>
    /// <param name="role">The role's name.</param>
    public static Ablation Swap(string role)
    {
        ArgumentException.ThrowIfNullOrEmpty(role);
        return new($"{role} speaks of another task", true, whole => new SwappedReplies(role, whole));
    }

    /// <summary>
    /// Another model plays a role: the weights before training (frozen), those of another run, or a remote model as a baseline.
    /// </summary>
    /// <param name="role">The role's name.</param>
    /// <param name="client">The model; it stays the caller's.</param>
    /// <param name="name">What is evaluated, for people.</param>
    public static Ablation Play(string role, IChatClient client, string name) => Play([role], client, name);

    /// <summary>Another model plays several roles, for example all of them as a baseline.</summary>
    /// <param name="roles">The roles' names; at least one.</param>
    /// <param name="client">The model; it stays the caller's.</param>
    /// <param name="name">What is evaluated, for people.</param>
    public static Ablation Play(IReadOnlyList<string> roles, IChatClient client, string name)
    {
        ArgumentNullException.ThrowIfNull(roles);
        ArgumentNullException.ThrowIfNull(client);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new(name, false, _ => WorkflowMiddleware.OnModelCall((call, next, cancellationToken) =>
            roles.Contains(call.Role.Name) ? client.GetResponseAsync(call.Messages, call.Options, cancellationToken) : next(call, cancellationToken)));
    }

    /// <summary>The tasks, run by the changed team.</summary>
    /// <param name="tasks">The tasks.</param>
    /// <param name="whole">Runs of the whole team; empty where it is not needed.</param>
    internal TaskSet<TTask> Apply<TTask>(TaskSet<TTask> tasks, IReadOnlyList<Trajectory> whole)
    {
        var middleware = _middleware(whole);
        return tasks.With(o => o with { Middleware = [.. o.Middleware, middleware] });
    }

    private static WorkflowMiddleware Instead(Func<string, bool> isReplaced, string reply) => WorkflowMiddleware.OnModelCall((call, next, cancellationToken) =>
        isReplaced(call.Role.Name) ? Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, reply))) : next(call, cancellationToken));
}

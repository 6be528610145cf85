using System.Collections.Immutable;
using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>
/// What middleware asks models for the sake of one call of a role: counted in the run's budget, and recorded before that call as said by a role of its own. What was answered
/// once is not asked again, by later visits and resumed runs neither.
/// </summary>
internal sealed class AsideCalls(NodeVisit visit)
{
    private readonly Lock _gate = new();
    private readonly List<TrajectoryNode> _asked = [];

    /// <summary>The answer to a question, from before or from a model.</summary>
    /// <param name="role">Who is recorded as having been asked.</param>
    /// <param name="client">The model.</param>
    /// <param name="question">What it is asked.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="WorkflowBudgetException">Nothing is left for the call.</exception>
    public async Task<string> AskAsync(string role, IChatClient client, string question, CancellationToken cancellationToken)
    {
        if (Find(role, question) is { } known) return known;
        visit.Run.Budget.BeginModelCall();
        var clock = visit.Run.TimeProvider;
        var began = clock.GetTimestamp();
        var (at, node) = Begin(role, new(ChatRole.User, question), clock.GetUtcNow());
        try
        {
            ModelCallScope.Leave();
            var options = new ChatOptions { Seed = (visit.Scope.Seed with { Node = node.Id, Visit = visit.Visit, Attempt = visit.Attempt }).ToSeed() };
            var response = await client.GetResponseAsync(node.Input, options, cancellationToken).ConfigureAwait(false);
            var model = response.ModelId ?? (client.GetService(typeof(ChatClientMetadata)) as ChatClientMetadata)?.DefaultModelId;
            node = ModelCall.Describe(node with { Policy = ModelNames.ToPolicy(model), Duration = clock.GetElapsedTime(began) }, response);
            visit.Run.Budget.Use(node.Usage, node.Policy?.Model);
            End(at, node);
            return node.Text;
        }
        catch (Exception e)
        {
            End(at, node with { Error = NodeError.Of(e), Duration = clock.GetElapsedTime(began) });
            throw;
        }
    }

    /// <summary>The calls so far, those that a try was given up over included; what they answer from then on is in no record.</summary>
    public ImmutableArray<TrajectoryNode> Take()
    {
        lock (_gate) return [.. _asked];
    }

    private string? Find(string role, string question)
    {
        lock (_gate)
        {
            return _asked.Find(n => n.Error is null && n.Role == role && n.Input[0].Text == question)?.Text ?? visit.Scope.Memory.FindAside(role, question);
        }
    }

    private (int At, TrajectoryNode Node) Begin(string role, ChatMessage question, DateTimeOffset start)
    {
        lock (_gate)
        {
            var node = visit.Template(NodeKind.Role) with { Id = visit.NextAsideId(), Role = role, Input = [question], Start = start };
            if (_asked.FindLast(n => n.Error is null) is { } before) node = node with { Parents = [.. node.Parents, before.Id] };
            _asked.Add(node with { Error = new("Unanswered", "Its call was given up before it answered.") });
            return (_asked.Count - 1, node);
        }
    }

    private void End(int at, TrajectoryNode node)
    {
        lock (_gate) _asked[at] = node;
    }
}

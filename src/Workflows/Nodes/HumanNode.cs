using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>A node whose result someone outside of the run gives, now or in another process.</summary>
internal sealed class HumanNode<TState, TRequest, TAnswer>(
    string name, Func<TState, TRequest> request, Func<TState, TAnswer, TState> update, NodeOptions<TState> options) : WorkflowNode<TState>(name, options), IAnswered
    where TState : notnull
{
    private readonly Lazy<JsonElement> _schema = new(() => AIJsonUtilities.CreateJsonSchema(typeof(TAnswer), serializerOptions: TrajectoryJson.Options));

    public override NodeShape Shape => NodeShape.Human;

    public override IReadOnlyList<StateWrites> Writes => [StateWrites.Of(update)];

    public override bool IsPassive => true;

    public override bool MayAsk => true;

    public override async ValueTask<NodeOutcome<TState>> ExecuteAsync(NodeVisit visit, TState state, CancellationToken cancellationToken)
    {
        var asked = request(state) ?? throw new AgentTeamsException($"The request of the node '{Name}' is null. Return what is to be answered.");
        var payload = JournalJson.Write(asked, Name);
        var pending = new HumanRequest(visit.Id, Name, payload, _schema.Value) { Path = visit.Path };
        var (start, began) = (visit.Run.TimeProvider.GetUtcNow(), visit.Run.TimeProvider.GetTimestamp());
        var answer = visit.Run.Journal.AnswerTo(visit.Path);
        if (answer is null && !visit.Run.IsReplay && visit.Run.Responder is { } responder)
        {
            visit.Tell(new HumanAsked(pending));
            var given = await responder(pending, cancellationToken).AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
            if (given is not null) answer = given as JsonElement? ?? JournalJson.Write((TAnswer)Convert(given), Name);
        }

        if (answer is not { } json)
        {
            if (!visit.Run.IsReplay) await visit.Run.Journal.AskAsync(pending).ConfigureAwait(false);
            visit.Tell(new HumanAsked(pending));
            visit.Run.AddRequest(pending, this);
            return new(state, null, EndKind.Waiting);
        }

        visit.Hold(visit.Template(NodeKind.Human, start, visit.Run.TimeProvider.GetElapsedTime(began), null) with { Arguments = payload, Result = json });
        var read = JournalJson.Read<TAnswer>(json, Name);
        return new(update(state, read!), read);
    }

    public override TState Apply(TState state, object? result) => update(state, (TAnswer)result!);

    public override object? Read(VisitCommit recorded) => JournalJson.Read<TAnswer>(recorded.Records[0].Result ?? JsonElement.Parse("null"), Name);

    public JsonElement Check(object? answer)
    {
        var json = answer as JsonElement? ?? JournalJson.Write((TAnswer)Convert(answer), Name);
        JournalJson.Read<TAnswer>(json, Name);
        return json;
    }

    private object Convert(object? answer) => answer is TAnswer ? answer
        : throw new AgentTeamsException($"The request '{Name}' was answered with a {answer?.GetType().Name ?? "null"}. Answer with a {typeof(TAnswer).Name}, or with its JSON.");
}

/// <summary>A node that knows what an answer to it must be.</summary>
internal interface IAnswered
{
    /// <summary>The answer as JSON.</summary>
    /// <exception cref="AgentTeamsException">It is no answer to this.</exception>
    JsonElement Check(object? answer);
}

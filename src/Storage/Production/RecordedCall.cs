using Microsoft.Extensions.AI;

namespace AgentTeams.Storage;

/// <summary>
/// One call of a recorded client. On the caller's time only what may change later is copied; all else is done when the record is written. Nothing is thrown.
/// </summary>
internal sealed class RecordedCall(ProductionRecorder recorder, CallFacts facts, bool isSampled)
{
    private readonly List<ChatResponseUpdate> _updates = [];
    private bool _isMarked;
    private bool _isOver;

    /// <summary>The reply is there.</summary>
    public void End(ChatResponse response) => Close(() =>
    {
        (response.AdditionalProperties ??= [])[RecordedChatClients.IdPropertyName] = facts.Id;
        if (!isSampled) return null;
        var said = CallReply.Of(response);
        return () => said;
    });

    /// <summary>A part of the reply is there.</summary>
    public void Add(ChatResponseUpdate update)
    {
        if (isSampled) _updates.Add(update);
        if (_isMarked) return;
        _isMarked = true;
        (update.AdditionalProperties ??= [])[RecordedChatClients.IdPropertyName] = facts.Id;
    }

    /// <summary>The last part was there.</summary>
    public void End() => Close(() => () => CallReply.Of(_updates.ToChatResponse()));

    /// <summary>The call failed or was cancelled, perhaps behind parts of its reply.</summary>
    public void Fail(Exception error) => Close(() => Partly(NodeError.Of(error), error is OperationCanceledException));

    /// <summary>Nobody reads the rest of the reply.</summary>
    public void Abandon() => Close(() => Partly(new("Abandoned", "The reply was not read to its end."), isCancelled: true));

    private Func<CallReply> Partly(NodeError error, bool isCancelled) =>
        () => CallReply.Of(_updates.ToChatResponse()) with { Error = error, IsCancelled = isCancelled };

    private void Close(Func<Func<CallReply>?> end)
    {
        if (_isOver) return;
        _isOver = true;
        try
        {
            var reply = end();
            if (!isSampled || reply is null)
            {
                recorder.Skip();
                return;
            }

            var duration = recorder.TimeProvider.GetElapsedTime(facts.Began);
            recorder.TakeSampled(() => facts.ToTrajectory(reply(), duration));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            recorder.Drop(DropReason.NotReadable, e);
        }
    }
}

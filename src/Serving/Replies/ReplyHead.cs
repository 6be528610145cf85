namespace AgentTeams.Serving;

/// <summary>What all parts of a reply have in common.</summary>
internal sealed record ReplyHead(ChatRequest Request, string Id, long Created)
{
    /// <summary>A part of a stream.</summary>
    public Chunk Chunk(Usage? usage, params IReadOnlyList<ChunkChoice> choices) => new(Id, "chat.completion.chunk", Created, Request.Model, choices, usage);

    /// <summary>The whole reply.</summary>
    public Completion Completion(IReadOnlyList<Choice> choices, Usage? usage, string? fingerprint) =>
        new(Id, "chat.completion", Created, Request.Model, choices, usage, fingerprint);
}

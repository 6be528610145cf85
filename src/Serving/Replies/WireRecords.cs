using System.Text.Json.Serialization;

namespace AgentTeams.Serving;

/// <summary>A chat completion as it is sent.</summary>
internal sealed record Completion(
    string Id, string Object, long Created, string Model, IReadOnlyList<Choice> Choices, Usage? Usage, string? SystemFingerprint);

internal sealed record Choice(int Index, Message Message, LogProbs? Logprobs, string FinishReason);

internal sealed record Message(
    string Role, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Content, string? ReasoningContent, IReadOnlyList<ToolCall>? ToolCalls);

/// <summary>A part of a streamed chat completion.</summary>
internal sealed record Chunk(
    string Id, string Object, long Created, string Model, IReadOnlyList<ChunkChoice> Choices, Usage? Usage = null, string? SystemFingerprint = null);

internal sealed record ChunkChoice(
    int Index, Delta Delta, LogProbs? Logprobs = null, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? FinishReason = null);

internal sealed record Delta(string? Role = null, string? Content = null, string? ReasoningContent = null, IReadOnlyList<ToolCall>? ToolCalls = null);

/// <summary>A call; only streams number theirs.</summary>
internal sealed record ToolCall(int? Index, string Id, string Type, CalledFunction Function);

internal sealed record CalledFunction(string Name, string Arguments);

internal sealed record Usage(long PromptTokens, long CompletionTokens, long TotalTokens);

internal sealed record LogProbs(IReadOnlyList<TokenLogProb> Content);

/// <summary>A sampled token; its bytes are numbers, as it may hold half a character.</summary>
internal sealed record TokenLogProb(string Token, double Logprob, IReadOnlyList<int> Bytes, IReadOnlyList<TokenLogProb> TopLogprobs);

internal sealed record ModelList(string Object, IReadOnlyList<ModelEntry> Data);

internal sealed record ModelEntry(string Id, string Object, long Created, string OwnedBy);

internal sealed record ErrorBody(ErrorDetails Error);

internal sealed record ErrorDetails(
    string Message,
    string Type,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Param,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Code);

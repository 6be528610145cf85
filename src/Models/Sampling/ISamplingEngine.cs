namespace AgentTeams.Models;

/// <summary>
/// An engine that can also draw tokens, so that their logits need not leave its device. What a token is drawn from in any other
/// way than by temperature alone is drawn by the scheduler, from the logits.
/// </summary>
internal interface ISamplingEngine : IInferenceEngine
{
    /// <summary>As <see cref="IInferenceEngine.Forward"/>, but draws tokens in place of some of the logits.</summary>
    /// <param name="chunks">What to append; each sequence at most once.</param>
    /// <param name="draws">What to draw.</param>
    /// <param name="tokens">Receives a token for each draw.</param>
    /// <param name="logits">Receives logits where no token is drawn from them; other places are left as they are.</param>
    void Forward(ReadOnlySpan<SequenceChunk> chunks, ReadOnlySpan<TokenDraw> draws, Span<DrawnToken> tokens, Span<float> logits);
}

/// <summary>One draw: the first id, in ascending order, at which the cumulated probability exceeds a number.</summary>
/// <param name="Row">Which of the positions whose logits are wanted.</param>
/// <param name="Temperature">The softmax temperature; 0 takes the likeliest id.</param>
/// <param name="Uniform">The number, from 0 up to but not including 1.</param>
internal readonly record struct TokenDraw(int Row, float Temperature, double Uniform);

/// <summary>What was drawn.</summary>
/// <param name="Id">The id.</param>
/// <param name="LogProb">Its natural-log probability at the temperature; at temperature 1 if that is 0.</param>
internal readonly record struct DrawnToken(int Id, float LogProb);

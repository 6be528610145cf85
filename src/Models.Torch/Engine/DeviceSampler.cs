namespace AgentTeams.Models.Torch;

/// <summary>
/// Draws tokens where their logits are. The number that decides a draw comes from the scheduler, so the tokens are those that the
/// CPU would draw, up to rounding; only ids and log-probabilities travel.
/// </summary>
internal static class DeviceSampler
{
    /// <summary>Fills the tokens of those draws whose logits are here.</summary>
    /// <param name="logits">[rows, vocabulary], float32.</param>
    /// <param name="rowOf">The row of the logits that a draw names.</param>
    /// <param name="draws">All draws of the pass.</param>
    /// <param name="tokens">One for each draw.</param>
    public static void Draw(Tensor logits, IReadOnlyDictionary<int, int> rowOf, ReadOnlySpan<TokenDraw> draws, Span<DrawnToken> tokens)
    {
        var here = new List<int>();
        for (var i = 0; i < draws.Length; i++)
        {
            if (rowOf.ContainsKey(draws[i].Row)) here.Add(i);
        }

        if (here.Count == 0) return;
        using var scope = NewDisposeScope();
        var rows = new long[here.Count];
        var (temperatures, numbers) = (new float[here.Count], new float[here.Count]);
        var greedy = new float[here.Count];
        for (var i = 0; i < here.Count; i++)
        {
            var draw = draws[here[i]];
            (rows[i], numbers[i], greedy[i]) = (rowOf[draw.Row], Math.Min((float)draw.Uniform, MathF.BitDecrement(1)), draw.Temperature <= 0 ? 1 : 0);
            temperatures[i] = draw.Temperature <= 0 ? 1 : draw.Temperature;
        }

        var logProbs = nn.functional.log_softmax(logits.index_select(0, TensorData.Integers(rows, logits.device)) / Values(temperatures), -1);
        // The sum of all is 1 up to rounding, which must not let a draw fall behind the last id.
        var cumulated = logProbs.exp().cumsum(-1);
        var sampled = (cumulated <= Values(numbers) * cumulated.narrow(-1, cumulated.shape[1] - 1, 1)).sum(-1, keepdim: true)
            .clamp(max: cumulated.shape[1] - 1);
        var ids = where(Values(greedy).gt(0), logProbs.argmax(-1, keepdim: true), sampled);
        var chosen = logProbs.gather(1, ids).cpu().data<float>().ToArray();
        var drawn = ids.cpu().data<long>().ToArray();
        for (var i = 0; i < here.Count; i++) tokens[here[i]] = new((int)drawn[i], Math.Min(0, chosen[i]));

        Tensor Values(float[] values) => TensorData.Floats(values, logits.device).view(-1, 1);
    }
}

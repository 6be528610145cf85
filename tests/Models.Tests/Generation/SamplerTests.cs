namespace AgentTeams.Tests;

public sealed class SamplerTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(29)]
    public void Sample_Greedy_TakesTheFirstOfTheGreatest(int vocabulary)
    {
        var random = new Random(vocabulary);
        for (var i = 0; i < 300; i++)
        {
            // Few distinct values make many ties; some ids are ruled out.
            float[] logits = [.. Enumerable.Range(0, vocabulary).Select(_ => random.Next(5) is > 0 and var n ? n : float.NegativeInfinity)];
            logits[random.Next(vocabulary)] = 1;
            Assert.Equal(Array.IndexOf(logits, logits.Max()), Sampler.Sample(logits, 0, 0, 0).Id);
        }
    }
}

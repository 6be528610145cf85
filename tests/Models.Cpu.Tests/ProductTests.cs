namespace AgentTeams.Tests;

/// <summary>Whole matrix products: any number of rows, of any length, gives each row what it gets alone.</summary>
public sealed unsafe class ProductTests
{
    [Theory]
    [InlineData(2, 48)]
    [InlineData(133, 130)]
    [InlineData(200, 500)]
    [InlineData(140, 1024)]
    [InlineData(35, 2048)]
    public void Forward_ManyRows_EqualsOneRowAtATime(int rows, int inputs)
    {
        const int outputs = 37;
        var (projection, random) = (Projection(outputs, inputs), new Random(2));
        var x = new FloatBuffer();
        x.Ensure((long)rows * inputs);
        foreach (ref var value in x.Span) value = random.NextSingle() - 0.5f;

        var together = new float[rows * outputs];
        var alone = new float[rows * outputs];
        fixed (float* all = together, each = alone)
        {
            projection.Forward(x.Pointer, all, rows, 0, outputs, add: false);
            for (var row = 0; row < rows; row++) projection.Forward(x.Pointer + row * inputs, each + row * outputs, 1, 0, outputs, add: false);
        }

        Assert.Equal(alone, together);
    }

    private static Projection Projection(int outputs, int inputs)
    {
        var parameters = new ParameterSet();
        var projection = new Projection(parameters, parameters.Add("w", outputs, inputs));
        parameters.Allocate();
        var random = new Random(1);
        foreach (ref var value in parameters.ValueSpan) value = random.NextSingle() - 0.5f;
        projection.PackForward();
        return projection;
    }
}
